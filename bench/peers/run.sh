#!/bin/sh
# Compares a build folder's library with its peers: run.sh BUILDDIR [OPTION...], with the options of run.py.
# Writes peers.json, table.md and peers.svg into BUILDDIR/peers/. TOOLS is that of measured.sh.
exec "${0%/*}/../measured.sh" peers "$@"
