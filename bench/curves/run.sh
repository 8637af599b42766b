#!/bin/sh
# Measures how a build folder's library scales: run.sh BUILDDIR [OPTION...], with the options of run.py.
# Writes curves.json and curves.svg into BUILDDIR/curves/. TOOLS is that of measured.sh.
exec "${0%/*}/../measured.sh" curves "$@"
