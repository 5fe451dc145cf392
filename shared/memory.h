#ifndef MEMORY_H
#define MEMORY_H

/*
 * What the C library's allocator is told, where it is glibc's; elsewhere these do
 * nothing. Processes of many threads, whose buffers come and go by the hundred
 * kilobytes while a few small things stay for minutes.
 */

/* Once per process, before threads, which will share so many heaps. */
void	memory_tune(int heaps);

/*
 * What is free goes back to the system, wherever it lies. Any thread may call it;
 * the others' allocations wait for it, tens of microseconds in a small process.
 */
void	memory_trim(void);

#endif
