/* Build choices for those who cannot give the compiler flags: in the Arduino IDE, say. Remove the slashes before a line to
 * choose it, for the library and the sketch at once; eg_config.h tells what each choice means. Only Arduino builds look
 * here. */

// #define EG_CLIP_ONLY
// #define EG_FRONTEND_FLOAT32
// #define EG_PORTABLE
