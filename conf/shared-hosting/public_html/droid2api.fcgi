#!/bin/sh
# What mod_fcgid starts, mode 0755. Put your home folder here.
exec /home/USER/droid2api/run droid2api.fcgi --workers 1
