package box

import (
	"bytes"
	"unicode/utf8"

	"github.com/pkg/errors"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

// plainText returns the content of a text file as UTF-8 without a byte order mark: UTF-16 is told by its mark. Other
// bytes come back as they are.
func plainText(data []byte) ([]byte, error) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		data, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		return data, errors.Wrap(err, "UTF-16")
	}
	return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), nil
}

// utf8Text is plainText of a file that must be UTF-8 then.
func utf8Text(data []byte) ([]byte, error) {
	data, err := plainText(data)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return nil, errors.Errorf("byte %d is not UTF-8: found %q", i, data[i:min(len(data), i+4)])
		}
		i += n
	}
	return data, nil
}

// className is a name as classes are compared: without blanks around it, composed (NFC).
func className(s string) string { return norm.NFC.String(string(bytes.TrimSpace([]byte(s)))) }
