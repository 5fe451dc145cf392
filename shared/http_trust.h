#ifndef HTTP_TRUST_H
#define HTTP_TRUST_H

/*
 * Where a machine has the certificates that it trusts. Systems differ in that, and
 * a program that was built elsewhere cannot have it built in. A folder costs a tenth
 * of what a bundle does.
 */
struct http_trust {
	const char	*folder;	/* certificates by their hashes, or NULL */
	const char	*file;		/* all in one, where there is no folder */
};

/*
 * Looks below `root` ("/", but for a test), first where libcurl would. Neither is
 * found: libcurl may know better. The names are constant, and begin with a slash
 * that stands for `root`.
 */
struct http_trust	http_trust_find(const char *root);

#endif
