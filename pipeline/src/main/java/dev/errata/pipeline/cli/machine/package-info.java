/** The command that looks at this machine. */
package dev.errata.pipeline.cli.machine;
