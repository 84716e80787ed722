#!/bin/sh
# Stands in for the compiler in build.test.ts: makes the file named after -o.
while [ "$#" -gt 0 ]; do
  if [ "$1" = -o ]; then : >"$2"; fi
  shift
done
