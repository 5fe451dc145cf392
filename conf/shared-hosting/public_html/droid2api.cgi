#!/bin/sh
# Plain CGI: what Apache runs for each request, mode 0755. Put your home folder here.
exec /home/USER/droid2api/run droid2api.fcgi
