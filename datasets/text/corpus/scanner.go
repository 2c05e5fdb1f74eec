package corpus

import (
	"bufio"
	"io"
	"unicode"
	"unicode/utf8"

	"github.com/pkg/errors"
	"golang.org/x/text/unicode/norm"

	"github.com/hocsau/hocsau/datasets/text"
)

// scanner cuts a text into sentences of words.
type scanner struct {
	o          Options
	paragraphs bool // a blank line ends a sentence, else each line does
	give       func(words [][]byte) error

	letters []byte // of the words of the sentence
	ends    []int  // of the words
	words   [][]byte
	begin   int  // of the open word
	foreign bool // it has a character beyond ASCII
	long    bool // it exceeds MaxWord
	blank   bool // the line has no character but white space so far

	class [utf8.RuneSelf]class
}

// class is what an ASCII character is.
type class byte

const (
	gap class = iota
	letter
	capital
	lineEnd
)

func newScanner(o Options, give func(words [][]byte) error) *scanner {
	s := &scanner{o: o, give: give, blank: true}
	for c := range s.class {
		switch r := rune(c); {
		case r == '\n':
			s.class[c] = lineEnd
		case !s.isLetter(r):
		case unicode.IsUpper(r) && !o.KeepCase:
			s.class[c] = capital
		default:
			s.class[c] = letter
		}
	}
	return s
}

// isLetter tells whether a character belongs to a word.
func (s *scanner) isLetter(r rune) bool {
	if s.o.Spaces {
		return !unicode.IsSpace(r)
	}
	return r == '_' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// scan gives the sentences of r. The last ends with it.
func (s *scanner) scan(r io.Reader) error {
	in, ok := r.(*bufio.Reader)
	if !ok {
		in = bufio.NewReaderSize(r, headSize)
	}
	for {
		b, err := in.Peek(utf8.UTFMax)
		if len(b) == 0 {
			s.endWord()
			if gerr := s.endSentence(); gerr != nil {
				return gerr
			}
			return end(err)
		}
		b, _ = in.Peek(in.Buffered()) // no more than is there
		n, err := s.take(b)
		if err == nil && len(s.ends) >= MaxSentence {
			err = s.endSentence()
		}
		if err != nil {
			return err
		}
		if n == 0 { // the beginning of a character that the text does not finish
			s.rune(rune(b[0]))
			n = 1
		}
		if _, err := in.Discard(n); err != nil {
			return end(err)
		}
	}
}

// end turns what ends a text into an error, none where it is whole.
func end(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return text.ErrTruncated
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// take reads the characters of b but for one that b cuts, and returns how many bytes they take.
func (s *scanner) take(b []byte) (int, error) {
	for i := 0; i < len(b); {
		c := b[i]
		if c >= utf8.RuneSelf {
			if !utf8.FullRune(b[i:]) {
				return i, nil
			}
			r, n := utf8.DecodeRune(b[i:])
			s.rune(r)
			i += n
			continue
		}
		i++
		switch s.class[c] {
		case letter:
			s.letters = append(s.letters, c)
			s.blank = false
		case capital:
			s.letters = append(s.letters, c|0x20)
			s.blank = false
		case lineEnd:
			s.endWord()
			if err := s.endLine(); err != nil {
				return i, err
			}
		default:
			s.endWord()
			s.blank = s.blank && unicode.IsSpace(rune(c))
		}
		s.bound()
	}
	return len(b), nil
}

// rune takes a character beyond ASCII.
func (s *scanner) rune(r rune) {
	if !s.isLetter(r) {
		s.blank = s.blank && unicode.IsSpace(r)
		s.endWord()
		return
	}
	if !s.o.KeepCase {
		r = unicode.ToLower(r)
	}
	s.letters = utf8.AppendRune(s.letters, r)
	s.blank, s.foreign = false, true
	s.bound()
}

// bound drops what is too long for a word.
func (s *scanner) bound() {
	if len(s.letters)-s.begin > MaxWord {
		s.letters, s.long = s.letters[:s.begin], true
	}
}

func (s *scanner) endWord() {
	word := s.letters[s.begin:]
	if len(word) == 0 && !s.long {
		return
	}
	if s.long {
		s.letters = s.letters[:s.begin]
	} else {
		if s.foreign && !norm.NFC.IsNormal(word) {
			s.letters = append(s.letters[:s.begin], norm.NFC.Bytes(word)...)
		}
		s.ends = append(s.ends, len(s.letters))
	}
	s.begin, s.foreign, s.long = len(s.letters), false, false
}

// endLine ends the sentence where lines are sentences or the line was blank.
func (s *scanner) endLine() error {
	ended := s.blank || !s.paragraphs
	s.blank = true
	if ended {
		return s.endSentence()
	}
	return nil
}

// endSentence gives the sentence, if it has a word, but for a word that is still open.
func (s *scanner) endSentence() error {
	if len(s.ends) == 0 {
		return nil
	}
	s.words = s.words[:0]
	from := 0
	for _, to := range s.ends {
		s.words = append(s.words, s.letters[from:to:to])
		from = to
	}
	err := s.give(s.words)
	open := copy(s.letters, s.letters[s.begin:])
	s.letters, s.ends, s.begin = s.letters[:open], s.ends[:0], 0
	return err
}
