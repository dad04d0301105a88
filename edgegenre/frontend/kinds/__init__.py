"""The kinds of front end, one file each: frozen data that says what a row of features is, in float64 and in float32."""
