package wiki

import (
	"html"
	"strings"
	"unicode"
)

// maxDepth is how deep links stand in each other at most; deeper ones stay as they are.
const maxDepth = 8

// Plain returns wikitext without its markup: each paragraph, heading or entry of a list is a line, blank lines go.
func Plain(wikitext string) string {
	s := dropSpans(wikitext, hidden(wikitext))
	s = dropSpans(s, braces(s))
	p := plain{in: s}
	p.run()
	return lines(html.UnescapeString(string(p.out)))
}

// span is a part of a text, from … to − 1.
type span struct{ from, to int }

// dropSpans replaces the spans, which are in order but may stand in each other, by spaces.
func dropSpans(s string, drop []span) string {
	if len(drop) == 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, d := range drop {
		if d.from >= at {
			b.WriteString(s[at:d.from])
			b.WriteByte(' ')
		}
		at = max(at, d.to)
	}
	b.WriteString(s[at:])
	return b.String()
}

// contentless are tags that go with all between them.
var contentless = [...]string{"ref", "math", "gallery", "code", "nowiki", "syntaxhighlight", "source", "timeline", "score", "imagemap", "chem", "pre"}

// hidden finds comments and the tags that go with their content.
func hidden(s string) []span {
	var found []span
	find := finder{s: s}
	for at := 0; ; {
		i := strings.IndexByte(s[at:], '<')
		if i < 0 {
			return found
		}
		at += i
		var end int
		if strings.HasPrefix(s[at:], "<!--") {
			end = find.after("-->", at+4)
		} else if name := tagName(s[at+1:]); name != "" {
			end = find.after(">", at+1)
			if end > 0 && s[end-2] != '/' {
				end = find.after("</"+name, end)
				if end > 0 {
					end = find.after(">", end)
				}
			}
		} else {
			at++
			continue
		}
		if end <= 0 { // no end: not what it seems
			at++
			continue
		}
		found = append(found, span{at, end})
		at = end
	}
}

// tagName returns which of the contentless tags begins after a '<', "" if none.
func tagName(s string) string {
	for _, name := range contentless {
		if len(s) > len(name) && strings.EqualFold(s[:len(name)], name) && strings.IndexByte(" />\t\n", s[len(name)]) >= 0 {
			return name
		}
	}
	return ""
}

// finder looks for the next place of a few strings, without regard to case, and remembers which are not found any more,
// so that a text full of beginnings without ends takes no longer.
type finder struct {
	s    string
	next map[string]int // the first place at or after the last question, −1 where there is none
}

// after returns the place behind the next what from at on, 0 where there is none.
func (f *finder) after(what string, at int) int {
	if f.next == nil {
		f.next = map[string]int{}
	}
	i, known := f.next[what]
	if !known || i >= 0 && i < at {
		if i = indexFold(f.s[at:], what); i >= 0 {
			i += at
		}
		f.next[what] = i
	}
	if i < 0 {
		return 0
	}
	return i + len(what)
}

// indexFold is strings.Index without regard to the case of ASCII letters.
func indexFold(s, what string) int {
	for at := 0; at+len(what) <= len(s); at++ {
		i := strings.IndexByte(s[at:], what[0])
		if i < 0 || at+i+len(what) > len(s) {
			return -1
		}
		at += i
		if strings.EqualFold(s[at:at+len(what)], what) {
			return at
		}
	}
	return -1
}

// braces finds templates {{…}} and tables {|…|}; what is not closed stays.
func braces(s string) []span {
	type opener struct {
		at    int
		table bool
	}
	var open []opener
	var found []span
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "{{", "{|":
			open = append(open, opener{i, s[i+1] == '|'})
			i++
		case "}}", "|}":
			table := s[i] == '|'
			if table && strings.HasPrefix(s[i+1:], "}}") && !(len(open) > 0 && open[len(open)-1].table) {
				continue // a template whose last argument is empty
			}
			k := len(open) - 1
			for k >= 0 && open[k].table != table {
				k--
			}
			if k < 0 {
				continue
			}
			from := open[k].at
			open = open[:k]
			for len(found) > 0 && found[len(found)-1].from >= from {
				found = found[:len(found)-1]
			}
			found = append(found, span{from, i + 2})
			i++
		}
	}
	return found
}

// plain rewrites links, quotes and tags.
type plain struct {
	in   string
	out  []byte
	open []int // links that are open: where their text begins in out
}

func (p *plain) run() {
	s := p.in
	find := finder{s: s}
	for i := 0; i < len(s); {
		rest := s[i:]
		switch {
		case strings.HasPrefix(rest, "[[") && len(p.open) < maxDepth:
			p.open = append(p.open, len(p.out))
			i += 2
		case strings.HasPrefix(rest, "]]") && len(p.open) > 0:
			p.closeLink()
			i += 2
		case rest[0] == '[' && address(rest[1:]) > 0:
			i += 1 + address(rest[1:]) // its words follow, then ]
		case rest[0] == ']' || rest[0] == '[':
			p.out = append(p.out, ' ')
			i++
		case rest[0] == 'h' && address(rest) > 0:
			i += address(rest)
			p.out = append(p.out, ' ')
		case strings.HasPrefix(rest, "''"):
			for i < len(s) && s[i] == '\'' {
				i++
			}
		case rest[0] == '<' && tag(rest):
			if end := find.after(">", i); end > 0 {
				p.out = append(p.out, ' ')
				i = end
				continue
			}
			fallthrough
		default:
			p.out = append(p.out, rest[0])
			i++
		}
	}
}

// closeLink puts the words of a link in its place: nothing for files and categories, else what stands after the first |.
func (p *plain) closeLink() {
	from := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	link := p.out[from:]
	target, words, named := strings.Cut(string(link), "|")
	namespace, _, inNamespace := strings.Cut(target, ":")
	if inNamespace {
		switch strings.ToLower(strings.TrimSpace(namespace)) {
		case "file", "image", "category", "media":
			p.out = p.out[:from]
			return
		}
	}
	if !named {
		words = strings.TrimPrefix(target, ":")
	}
	p.out = append(p.out[:from], words...)
}

// address returns the length of the web address that s begins with, 0 for none.
func address(s string) int {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "//") {
		return 0
	}
	if i := strings.IndexAny(s, " \t\n]|<"); i >= 0 {
		return i
	}
	return len(s)
}

// tag tells whether s begins with a tag.
func tag(s string) bool {
	if len(s) < 3 {
		return false
	}
	c := s[1]
	if c == '/' {
		c = s[2]
	}
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// lines tidies up line by line: the marks of headings and lists go, and runs of white space.
func lines(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "=") && strings.HasSuffix(line, "=") {
			line = strings.Trim(line, "=")
		}
		line = strings.TrimLeft(line, "*#:;-")
		first := true
		for word := range strings.FieldsFuncSeq(line, unicode.IsSpace) {
			if strings.HasPrefix(word, "__") && strings.HasSuffix(word, "__") && len(word) > 4 {
				continue // a switch such as __NOTOC__
			}
			if first && b.Len() > 0 {
				b.WriteByte('\n')
			} else if !first {
				b.WriteByte(' ')
			}
			first = false
			b.WriteString(word)
		}
	}
	return b.String()
}
