package protocol

import "strconv"

// Language is what a peer is written in, as it says itself.
//
// Java: remoting.protocol.LanguageCode.
type Language int8

// The languages. UnknownLanguage is one that this version does not know, null in Java; it is not written in JSON.
const (
	UnknownLanguage Language = -1
	Java            Language = 0
	CPP             Language = 1
	DotNet          Language = 2
	Python          Language = 3
	Delphi          Language = 4
	Erlang          Language = 5
	Ruby            Language = 6
	Other           Language = 7
	HTTP            Language = 8
	Go              Language = 9
	PHP             Language = 10
	OMS             Language = 11
	Rust            Language = 12
	NodeJS          Language = 13
)

// languageNames is read only.
var languageNames = [...]string{
	"JAVA", "CPP", "DOTNET", "PYTHON", "DELPHI", "ERLANG", "RUBY", "OTHER", "HTTP", "GO", "PHP", "OMS", "RUST", "NODE_JS",
}

// String is the language's name on the wire, or its number where it has none.
func (l Language) String() string {
	if l >= 0 && int(l) < len(languageNames) {
		return languageNames[l]
	}
	return strconv.Itoa(int(l))
}

// ParseLanguage is the language with that name, or with that number as decimal digits; otherwise UnknownLanguage.
func ParseLanguage(name string) Language {
	for i, n := range languageNames {
		if n == name {
			return Language(i)
		}
	}
	if n, err := strconv.ParseInt(name, 10, 8); err == nil {
		return knownLanguage(int8(n))
	}
	return UnknownLanguage
}

func knownLanguage(n int8) Language {
	if n >= 0 && int(n) < len(languageNames) {
		return Language(n)
	}
	return UnknownLanguage
}
