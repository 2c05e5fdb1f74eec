package box

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// cocoValue is a value of a COCO file of whatever type: exporters write ids as text, sizes as 64.0, flags as false.
// It keeps the JSON as it stands; "" is a missing value.
type cocoValue string

// UnmarshalJSON keeps the value.
func (v *cocoValue) UnmarshalJSON(b []byte) error {
	*v = cocoValue(b)
	return nil
}

// MarshalJSON writes the value as it was read.
func (v cocoValue) MarshalJSON() ([]byte, error) {
	if v == "" {
		return []byte("null"), nil
	}
	return []byte(v), nil
}

// text returns a text, or how another value is written.
func (v cocoValue) text() string {
	var s string
	if strings.HasPrefix(string(v), `"`) && json.Unmarshal([]byte(v), &s) == nil {
		return s
	}
	if v == "null" {
		return ""
	}
	return string(v)
}

// number returns a finite number, which may stand in a text.
func (v cocoValue) number() (float64, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(v.text()), 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

// side returns a whole number of pixels, 0 where the value is none.
func (v cocoValue) side() int {
	n, ok := v.number()
	if !ok || n < 0 || n > 1<<30 {
		return 0
	}
	return int(math.Round(n))
}

// id returns the value as ids are compared: 7, 7.0 and "7" are the same.
func (v cocoValue) id() string {
	s := strings.TrimSpace(v.text())
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	const exact = 1 << 53 // float64 holds all whole numbers below
	if n, ok := v.number(); ok && n == math.Trunc(n) && math.Abs(n) < exact {
		return strconv.FormatInt(int64(n), 10)
	}
	return s
}

// truth tells whether a flag is set: true, or a number other than 0.
func (v cocoValue) truth() bool {
	s := strings.TrimSpace(v.text())
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return n != 0
	}
	return strings.EqualFold(s, "true")
}

// box returns the corners of x, y, width, height.
func (v cocoValue) box() (Box, error) {
	if v == "" || v == "null" {
		return Box{}, errors.New("no bbox")
	}
	var list []cocoValue
	if json.Unmarshal([]byte(v), &list) != nil {
		return Box{}, errors.Errorf("bbox is %s, expected a list of 4 numbers", v.short())
	}
	if len(list) != 4 {
		return Box{}, errors.Errorf("bbox has %d numbers, expected 4", len(list))
	}
	var n [4]float64
	for k, e := range list {
		var ok bool
		if n[k], ok = e.number(); !ok {
			return Box{}, errors.Errorf("bbox is %s, expected 4 finite numbers", v.short())
		}
	}
	return Box{X1: n[0], Y1: n[1], X2: n[0] + n[2], Y2: n[1] + n[3]}, nil
}

// short returns the beginning of the value for a message.
func (v cocoValue) short() string {
	const most = 60
	r := []rune(strings.NewReplacer(`"NaN"`, "NaN", `"Infinity"`, "Infinity", `"-Infinity"`, "-Infinity").Replace(string(v)))
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(r)
}

// quoteSpecials puts the numbers NaN, Infinity, -Infinity, which Python writes and JSON does not have, in quotes.
func quoteSpecials(data []byte) []byte {
	if !bytes.Contains(data, []byte("NaN")) && !bytes.Contains(data, []byte("Infinity")) {
		return data
	}
	out := make([]byte, 0, len(data)+64)
	inText := false
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case inText && c == '\\' && i+1 < len(data):
			out = append(out, c)
			i++
			c = data[i]
		case c == '"':
			inText = !inText
		case !inText && (c == 'N' || c == 'I' || c == '-'):
			if word := special(data[i:]); word != "" {
				out = append(append(append(out, '"'), word...), '"')
				i += len(word) - 1
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// special returns the special number that data begins with.
func special(data []byte) string {
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(data, []byte(word)) {
			return word
		}
	}
	return ""
}
