package corpus

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/datasets/text/wiki"
)

// Errors that callers may test for with errors.Is.
var (
	// ErrEmpty tells that a corpus has no word.
	ErrEmpty = errors.New("found no word")
	// ErrFormat tells that a file is no text.
	ErrFormat = text.ErrEncoding
)

// Limits.
const (
	MaxWord     = 1 << 10 // bytes of a word; longer runs are no words and are passed over
	MaxSentence = 1 << 20 // words; a longer sentence is given in parts
)

// Options say what words are. The zero value is the common case.
type Options struct {
	KeepCase bool // words as they are written
	Spaces   bool // white space alone parts words: the text has been cut into words before
	// Tell is called with a sentence for each thing in a file that was guessed, each time it is read; it may be nil.
	Tell func(note string)
}

// Corpus is a list of files that are read as one text.
type Corpus struct {
	o       Options
	files   []string
	skipped []string
}

// Open lists the texts at path, a file or a folder of them. Files of a folder that are no text are passed over, see
// Skipped; a single file that is none is an error.
func Open(path string, o Options) (*Corpus, error) {
	files, err := text.Files(path)
	if err != nil {
		return nil, err
	}
	c := &Corpus{o: o}
	for _, f := range files {
		err := isText(f)
		switch {
		case err == nil:
			c.files = append(c.files, f)
		case errors.Is(err, ErrFormat) && len(files) > 1:
			c.skipped = append(c.skipped, f)
		default:
			return nil, err
		}
	}
	if len(c.files) == 0 {
		return nil, errors.Wrapf(ErrFormat, "none of the %d files below %s is a text", len(files), path)
	}
	return c, nil
}

// Files returns the files in the order in which they are read.
func (c *Corpus) Files() []string { return c.files }

// Skipped returns the files of the folder that are no text.
func (c *Corpus) Skipped() []string { return c.skipped }

// headSize is how many bytes decide what a file is.
const headSize = 1 << 16

// isText tells by its first bytes whether the file at path is one that Each can read.
func isText(path string) error {
	f, err := text.Open(path)
	if err != nil {
		return err
	}
	in := bufio.NewReader(f)
	first, _ := in.Peek(8) // an error comes again
	begin := string(first)
	_, err = io.ReadFull(text.NewDecoder(in), make([]byte, 1<<10))
	if cerr := f.Close(); err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = cerr
	}
	if errors.Is(err, ErrFormat) {
		return errors.Wrapf(err, "read %s: begins with %q", path, begin)
	}
	return errors.Wrapf(err, "read %s", path)
}

// Each calls f with each sentence that has a word. The words are valid until f returns. The first error of f ends it.
func (c *Corpus) Each(ctx context.Context, f func(words [][]byte) error) error {
	words := 0
	for _, path := range c.files {
		err := c.file(path, func(s [][]byte) error {
			words += len(s)
			if err := ctx.Err(); err != nil {
				return err
			}
			return f(s)
		})
		if err != nil {
			return errors.Wrapf(err, "read %s", path)
		}
	}
	if words == 0 {
		return errors.Wrapf(ErrEmpty, "read %s", strings.Join(c.files, ", "))
	}
	return nil
}

func (c *Corpus) file(path string, f func(words [][]byte) error) error {
	file, err := text.Open(path)
	if err != nil {
		return err
	}
	err = c.read(path, file, f)
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	return err
}

func (c *Corpus) read(path string, r io.Reader, f func(words [][]byte) error) error {
	d := text.NewDecoder(r)
	defer func() {
		if c.o.Tell == nil {
			return
		}
		for _, n := range d.Notes() {
			c.o.Tell(path + ": " + n)
		}
	}()
	in := bufio.NewReaderSize(d, headSize)
	head, _ := in.Peek(headSize) // an error comes again when it is read
	s := newScanner(c.o, f)
	if isDump(head) {
		return wiki.Scan(in, func(a wiki.Article) error { return s.scan(strings.NewReader(a.Text)) })
	}
	s.paragraphs = hasBlankLine(head)
	return s.scan(in)
}

// isDump tells whether a file begins as a MediaWiki dump does.
func isDump(head []byte) bool {
	return bytes.Contains(head[:min(len(head), 1<<10)], []byte("<mediawiki"))
}

// hasBlankLine tells whether a line without words stands between two with some.
func hasBlankLine(head []byte) bool {
	begun, blank := false, false
	for line := range bytes.Lines(head) {
		switch empty := len(bytes.TrimSpace(line)) == 0; {
		case empty:
			blank = begun
		case blank:
			return true
		default:
			begun = true
		}
	}
	return false
}

// Vocabulary counts the words.
func (c *Corpus) Vocabulary(ctx context.Context, o text.VocabularyOptions) (*text.Vocabulary, error) {
	index := map[string]int{}
	var words []string
	var counts []int64
	err := c.Each(ctx, func(sentence [][]byte) error {
		for _, w := range sentence {
			i, ok := index[string(w)]
			if !ok {
				i = len(words)
				words = append(words, string(w))
				index[words[i]] = i
				counts = append(counts, 0)
			}
			counts[i]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make(text.Counts, len(words))
	for i, w := range words {
		all[w] = counts[i]
	}
	return text.NewVocabulary(all, o)
}

// IDs calls f with the ids of each sentence; those of words without id are −1. They are valid until f returns.
func (c *Corpus) IDs(ctx context.Context, v *text.Vocabulary, f func(ids []int32) error) error {
	index := make(map[string]int32, v.Len())
	for i, w := range v.Tokens() {
		index[w] = int32(i)
	}
	var ids []int32
	return c.Each(ctx, func(sentence [][]byte) error {
		ids = ids[:0]
		for _, w := range sentence {
			id, ok := index[string(w)]
			if !ok {
				id = -1
			}
			ids = append(ids, id)
		}
		return f(ids)
	})
}
