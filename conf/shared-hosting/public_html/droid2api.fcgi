#!/bin/sh
# What mod_fcgid starts on shared hosting, mode 0755. Put your home folder here.
home=/home/USER/droid2api
export DROID2API_CONFIG=$home/config.json
export DROID2API_STATE=$home/state
export FACTORY_API_KEY_FILE=$home/factory.key
exec $home/droid2api.fcgi --workers 1
