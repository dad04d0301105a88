"""Measuring engines and targets, result records, the audit of separable convolutions, and the report."""
