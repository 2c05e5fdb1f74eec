package metrics

import (
	"fmt"
	"html"
	"strings"
)

// mostShown is how many classes a table of a notebook has room for.
const mostShown = 40

// HTML is the matrix as a table, as a notebook shows it: rows the truth, columns
// the predictions, the darker a cell the larger its share of the row; recalls at
// the right, precisions below. Of more than 40 classes it shows the first 40.
func (m *Confusion) HTML() string {
	shown := min(m.classes, mostShown)
	name := func(c int) string {
		if len(m.Names) == m.classes {
			return html.EscapeString(m.Names[c])
		}
		return fmt.Sprint(c)
	}
	report := m.Report()
	var b strings.Builder
	fmt.Fprintf(&b, "<table>\n<caption>%d samples, accuracy %.1f %%", m.Total(), 100*report.Accuracy)
	if shown < m.classes {
		fmt.Fprintf(&b, "; the first %d of %d classes", shown, m.classes)
	}
	b.WriteString("</caption>\n<tr><th>truth ↓ prediction →</th>")
	for c := range shown {
		fmt.Fprintf(&b, "<th>%s</th>", name(c))
	}
	b.WriteString("<th>recall</th></tr>\n")
	for truth := range shown {
		fmt.Fprintf(&b, "<tr><th>%s</th>", name(truth))
		for c := range shown {
			b.WriteString(m.cell(truth, c, report.Classes[truth].Support))
		}
		fmt.Fprintf(&b, "<td>%s</td></tr>\n", share(report.Classes[truth].Recall, report.Classes[truth].Support))
	}
	b.WriteString("<tr><th>precision</th>")
	for c := range shown {
		predicted := 0
		for truth := range m.classes {
			predicted += m.Count(truth, c)
		}
		fmt.Fprintf(&b, "<td>%s</td>", share(report.Classes[c].Precision, predicted))
	}
	b.WriteString("<td></td></tr>\n</table>\n")
	return b.String()
}

// cell is a count: blue on the diagonal, red beside it, deeper as its share of the
// row grows.
func (m *Confusion) cell(truth, prediction, row int) string {
	n := m.Count(truth, prediction)
	if n == 0 {
		return `<td style="text-align:center"></td>`
	}
	part := float64(n) / float64(row)
	color := fmt.Sprintf("rgba(213,94,0,%.2f)", min(0.15+part, 1))
	if truth == prediction {
		color = fmt.Sprintf("rgba(0,114,178,%.2f)", min(0.1+0.6*part, 1))
	}
	return fmt.Sprintf(`<td style="text-align:center;background-color:%s">%d</td>`, color, n)
}

// share is a ratio in percent; "–" where it is one of nothing.
func share(ratio float64, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*ratio)
}

// String says how large the matrix is.
func (m *Confusion) String() string {
	return fmt.Sprintf("confusion matrix of %d classes, %d samples, accuracy %.4f", m.classes, m.Total(), m.Accuracy())
}
