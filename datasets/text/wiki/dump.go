package wiki

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
)

// MaxPage is the most bytes that a page of a dump may take.
const MaxPage = 16 << 20

// Article is a page of the main namespace that redirects nowhere.
type Article struct {
	Title string
	Text  string // without markup, a paragraph a line
}

// Read calls each with the articles of the dump at path, plain or packed with bzip2, gzip, zstd.
func Read(path string, each func(Article) error) error {
	f, err := text.Open(path)
	if err != nil {
		return err
	}
	err = Scan(f, each)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return errors.Wrapf(err, "read %s", path)
}

// Scan calls each with the articles of a dump in their order. The first error of each ends it.
func Scan(r io.Reader, each func(Article) error) error {
	in := &limited{r: r, left: MaxPage}
	d := xml.NewDecoder(in)
	pages := 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			if pages == 0 {
				return errors.New("found no <page>")
			}
			return nil
		}
		if err != nil {
			return wrap(err, pages)
		}
		start, ok := t.(xml.StartElement)
		if !ok || start.Name.Local != "page" {
			continue
		}
		in.left = MaxPage
		var p page
		if err := d.DecodeElement(&p, &start); err != nil {
			return wrap(err, pages)
		}
		pages++
		in.left = MaxPage
		if p.Namespace != 0 || p.Redirect != nil {
			continue
		}
		if err := each(Article{p.Title, Plain(p.Text)}); err != nil {
			return err
		}
	}
}

// page is what is read of a <page>; of several revisions the last.
type page struct {
	Title     string    `xml:"title"`
	Namespace int       `xml:"ns"`
	Redirect  *struct{} `xml:"redirect"`
	Text      string    `xml:"revision>text"`
}

// wrap says where an error happened.
func wrap(err error, pages int) error {
	var syntax *xml.SyntaxError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF") {
		err = text.ErrTruncated
	}
	return errors.Wrapf(err, "after %d pages", pages)
}

// limited refuses to read more than is left.
type limited struct {
	r    io.Reader
	left int
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, errors.Wrapf(text.ErrTooLong, "a page of more than %d bytes", MaxPage)
	}
	n, err := l.r.Read(b)
	l.left -= n
	return n, err
}
