// Package words holds every word of the site's interface in both languages, in one table. What a page says beside its own text is
// looked up here, so that a language is whole or the tests fail.
package words
