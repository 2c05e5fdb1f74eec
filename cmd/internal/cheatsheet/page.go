package cheatsheet

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// Page returns the table as Markdown, for the folder docs.
func Page(l Lang) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", l.of("The cheatsheet, item by item", "Cheatsheet \"Học sâu\", từng mục một"))
	fmt.Fprintln(&b, l.of(
		`Every item of the VIP cheatsheet "Học sâu" of Afshine and Shervine Amidi: its formula, a number worked out by the
code itself, the symbol that implements it, the test that checks it, and what shows it. `+"`hocsau cheatsheet`"+` lists the
same in the terminal, `+"`hocsau cheatsheet 1.3d`"+` shows one item, `+"`hocsau cheatsheet dropout`"+` finds one by a word.
[Tiếng Việt](cheatsheet.vi.md)

The names of symbols and tests are those of the package, below the root of the repository. Commands need no network;
where two are joined by `+"`&&`"+` the first trains what the second uses. This page is made by
`+"`go generate ./cmd/internal/cheatsheet`"+`.`,
		`Mọi mục của VIP cheatsheet "Học sâu" (Afshine Amidi và Shervine Amidi): công thức, ví dụ bằng số do chính mã nguồn tính
ra, kí hiệu cài đặt nó, kiểm tra của nó, và lệnh hoặc notebook để xem. `+"`hocsau cheatsheet --lang vi`"+` liệt kê trong
terminal, `+"`hocsau cheatsheet 1.3d --lang vi`"+` cho xem một mục, `+"`hocsau cheatsheet dropout`"+` tìm một mục theo từ.
[English](cheatsheet.md)

Tên kí hiệu và kiểm tra là đường dẫn của package tính từ gốc kho mã. Các lệnh không cần mạng; khi hai lệnh nối bằng
`+"`&&`"+` thì lệnh đầu huấn luyện mô hình mà lệnh sau dùng. Trang này được tạo bởi `+"`go generate ./cmd/internal/cheatsheet`"+`.`))
	items := Items()
	for _, s := range Sections() {
		level := "##"
		if strings.Contains(s.ID, ".") {
			level = "###"
		}
		fmt.Fprintf(&b, "\n%s %s %s\n", level, s.ID, l.of(s.Name, s.NameVI))
		first := true
		for _, i := range items {
			if i.Section() != s.ID {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n| id | %s |\n|---|---|---|---|---|---|\n", l.of("item | formula, worked number | symbol | test | show", "mục | công thức, ví dụ bằng số | ký hiệu | kiểm tra | chạy thử"))
				first = false
			}
			if err := pageRow(&b, i, l); err != nil {
				return nil, err
			}
		}
	}
	return b.Bytes(), nil
}

// pageRow writes a row of the table.
func pageRow(b *bytes.Buffer, i Item, l Lang) error {
	worked, err := i.Worked(l)
	if err != nil {
		return err
	}
	symbols := []string{codeLink(i.Symbol)}
	for _, s := range i.Also {
		symbols = append(symbols, codeLink(s))
	}
	_, err = fmt.Fprintf(b, "| <a id=\"%s\"></a>%s | **%s** %s | `%s`<br>%s | %s | %s | %s |\n", i.ID, i.ID,
		prose(l.of(i.Name, i.NameVI)), prose(l.of(i.About, i.AboutVI)), cell(i.formula(l)), prose(worked), strings.Join(symbols, " "), codeLink(i.Test), shown(i.Show, l))
	return err
}

// codeLink links a symbol to the folder of its package.
func codeLink(symbol string) string {
	pkg, _ := splitSymbol(symbol)
	return fmt.Sprintf("[`%s`](../%s)", symbol, pkg)
}

func shown(show string, l Lang) string {
	if !strings.HasSuffix(show, ".ipynb") {
		return "`" + cell(show) + "`"
	}
	if l == Vietnamese {
		show = path.Join(path.Dir(show), "vi", path.Base(show))
	}
	return fmt.Sprintf("[%s](../%s)", path.Base(show), show)
}

// cell escapes what would end a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// prose also escapes what Markdown would read as markup.
func prose(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "_", `\_`, "*", `\*`, "[", `\[`).Replace(s)
}
