/** Final answers of texts and the graders that compare them; nothing a model wrote is ever run as code. */
package dev.errata.pipeline.grade;
