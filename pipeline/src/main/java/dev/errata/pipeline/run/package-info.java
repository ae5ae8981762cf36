/** What a finished run says about its arms. */
package dev.errata.pipeline.run;
