package cheatsheet

import (
	"slices"
	"strings"
	"unicode"

	"github.com/pkg/errors"
	"golang.org/x/text/unicode/norm"
)

// Lang is a language that the table is written in.
type Lang string

// The languages.
const (
	English    Lang = "en"
	Vietnamese Lang = "vi"
)

// of returns the text in the language.
func (l Lang) of(english, vietnamese string) string {
	if l == Vietnamese {
		return vietnamese
	}
	return english
}

// Item is an item of the cheatsheet.
type Item struct {
	ID        string // section and letter, as in 1.3d
	Name      string
	NameVI    string
	About     string // a sentence
	AboutVI   string
	Formula   string // one line
	FormulaVI string // where the formula has words
	Symbol    string // package.Name or package.Type.Method, the package as a path below the module
	Also      []string
	Test      string // package.Name
	Show      string // a command of hocsau, several joined by &&, or a notebook

	worked func(l Lang) (string, error)
}

// formula returns the formula in the language.
func (i Item) formula(l Lang) string {
	if l == Vietnamese && i.FormulaVI != "" {
		return i.FormulaVI
	}
	return i.Formula
}

// Worked computes the number that is shown beside the formula.
func (i Item) Worked(l Lang) (string, error) {
	text, err := i.worked(l)
	return text, errors.Wrapf(err, "cheatsheet %s", i.ID)
}

// Section returns the section that the item is in.
func (i Item) Section() string { return strings.TrimRight(i.ID, "abcdefghijklmnopqrstuvwxyz") }

// Section is a heading of the cheatsheet.
type Section struct {
	ID, Name, NameVI string
}

// Items returns the rows in the order of the cheatsheet.
func Items() []Item {
	return slices.Concat(
		layers(), activations(), objects(), faces(), style(), tricks(),
		networks(), gates(), words(), likeness(), sentences(), translation(), attention(),
		pictures(), training(), tuning(), regularisation(), habits(),
	)
}

// Sections returns the headings in the order of the cheatsheet.
func Sections() []Section {
	return []Section{
		{"1", "Convolutional networks", "Mạng nơ-ron tích chập"},
		{"1.1", "Overview", "Tổng quan"},
		{"1.2", "Kinds of layers", "Các kiểu tầng"},
		{"1.3", "Hyper-parameters of a filter", "Các siêu tham số của bộ lọc"},
		{"1.4", "Tuning hyper-parameters", "Điều chỉnh siêu tham số"},
		{"1.5", "Common activations", "Các hàm kích hoạt thường gặp"},
		{"1.6", "Object detection", "Phát hiện vật thể"},
		{"1.6.1", "Face verification and recognition", "Xác nhận khuôn mặt và nhận diện khuôn mặt"},
		{"1.6.2", "Neural style transfer", "Chuyển phong cách (neural style transfer)"},
		{"1.6.3", "Architectures with computational tricks", "Những kiến trúc sử dụng computational tricks"},
		{"2", "Recurrent networks", "Mạng nơ-ron hồi quy"},
		{"2.1", "Overview", "Tổng quan"},
		{"2.2", "Long-term dependencies", "Xử lí phụ thuộc dài hạn"},
		{"2.3", "Learning word representations", "Học từ đại diện"},
		{"2.4", "Comparing words", "So sánh các từ"},
		{"2.5", "Language model", "Mô hình ngôn ngữ"},
		{"2.6", "Machine translation", "Dịch máy"},
		{"2.7", "Attention", "Chú ý"},
		{"3", "Tips and tricks", "Mẹo và thủ thuật"},
		{"3.1", "Data processing", "Xử lí dữ liệu"},
		{"3.2", "Training a network", "Huấn luyện mạng nơ-ron"},
		{"3.3", "Parameter tuning", "Tinh chỉnh tham số"},
		{"3.4", "Regularisation", "Chính quy"},
		{"3.5", "Good practices", "Thói quen tốt"},
	}
}

// Find returns the items that a word names: one by its id, those of a section
// with all below it, or those with a word in their names that begins so, accents
// and hyphens left out or not.
func Find(word string) []Item {
	word = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(word, "§")))
	if word == "" {
		return nil
	}
	var inside, named []Item
	for _, i := range Items() {
		if i.ID == word {
			return []Item{i}
		}
		if s := i.Section(); s == word || strings.HasPrefix(s, word+".") {
			inside = append(inside, i)
		}
		if begins(i.Name, word) || begins(i.NameVI, word) {
			named = append(named, i)
		}
	}
	if len(inside) > 0 {
		return inside
	}
	if strings.Trim(word, "0123456789.") == "" {
		return nil // a section that is not there
	}
	return named
}

// begins reports whether one word of name, or several together, begin with
// given.
func begins(name, given string) bool {
	for _, hyphen := range []string{"", " "} {
		if g := strings.TrimSpace(plain(given, hyphen)); g != "" && strings.Contains(" "+plain(name, hyphen), " "+g) {
			return true
		}
	}
	return false
}

// plain writes s in small letters without accents, with something else for
// hyphens and spaces for all other signs.
func plain(s, hyphen string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(norm.NFD.String(s)) {
		switch {
		case r == 'đ':
			b.WriteByte('d')
		case r == '-':
			b.WriteString(hyphen)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r):
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
