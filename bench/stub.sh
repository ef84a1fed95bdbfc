#!/bin/sh
# Says nothing and reads nothing.
exec cat > /dev/null
