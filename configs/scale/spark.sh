#!/bin/sh
# Runs shards of an Errata command through Apache Spark; docs/scale.md says more.
#
#   SPARK_HOME=/path/of/spark MASTER='local[2,4]' configs/scale/spark.sh 4 \
#       ./errata sample loop.yaml output=runs/part-@ --shard @/4 --threads 1 --json
#
# The first word is the number of shards, @ stands for the number of each. Paths are those of the current folder, which every
# worker must see. Needs a JDK (JAVA_HOME, or javac on the PATH) that this Spark knows, 17 or later.
set -eu
[ $# -ge 2 ] || { echo "usage: $0 SHARDS COMMAND..." >&2; exit 2; }
[ -x "${SPARK_HOME:-}/bin/spark-submit" ] || { echo "SPARK_HOME names no Spark with bin/spark-submit" >&2; exit 2; }
shards=$1
shift
source=$(dirname "$0")/ErrataShards.java
bin=${JAVA_HOME:+$JAVA_HOME/bin/}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
"${bin}javac" --release 17 -cp "$SPARK_HOME/jars/*" -d "$build/classes" "$source"
"${bin}jar" --create --file "$build/errata-shards.jar" -C "$build/classes" .
"$SPARK_HOME/bin/spark-submit" --master "${MASTER:-local[2,4]}" --class ErrataShards "$build/errata-shards.jar" \
    "$shards" "$(pwd)" "$@"
