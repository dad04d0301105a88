/* Choices of an Arduino build, for the library and the sketch alike: Arduino has no other place for them. Take the slashes
 * away from what is wanted; eg_config.h describes it. Other build systems define these by their own means. */

// #define EG_CLIP_ONLY
// #define EG_ARITHMETIC_FLOAT32
// #define EG_FRONTEND_FLOAT32
// #define EG_NO_ASSEMBLY
