/** LoRA adapters in PEFT's files. */
package dev.errata.model.adapter;
