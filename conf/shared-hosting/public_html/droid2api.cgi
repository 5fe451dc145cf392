#!/bin/sh
# Plain CGI on shared hosting with the bundle: what Apache runs for each request,
# mode 0755, in place of the program itself. Put your home folder here.
exec /home/USER/droid2api/droid2api.fcgi
