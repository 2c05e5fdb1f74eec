package plot

import (
	"fmt"
	"image"
	"math"

	"github.com/pkg/errors"
)

// numbered is the largest number of classes whose counts are written out.
const numbered = 40

// ConfusionMatrix draws counts [classes, classes], rows the truth and columns
// the predictions. The colour of a cell is its share of the row: blue on the
// diagonal, red beside it, so that mistakes are seen. A column of recalls and
// a row of precisions stand at the edges. names may be nil; then classes are
// numbered.
func ConfusionMatrix(title string, counts []int, names []string) (image.Image, error) {
	classes := int(math.Round(math.Sqrt(float64(len(counts)))))
	if classes == 0 || classes*classes != len(counts) {
		return nil, errors.Errorf("confusion matrix: %d counts, expected a square number", len(counts))
	}
	for i, n := range counts {
		if n < 0 {
			return nil, errors.Errorf("confusion matrix: count %d in row %d, column %d, expected at least 0", n, i/classes, i%classes)
		}
	}
	if names == nil {
		for c := range classes {
			names = append(names, fmt.Sprint(c))
		}
	}
	if len(names) != classes {
		return nil, errors.Errorf("confusion matrix: %d names, expected %d", len(names), classes)
	}
	m := &matrix{counts: counts, names: names, n: classes, totals: make([]int, classes)}
	for i, n := range counts {
		m.totals[i/classes] += n
	}
	img, err := m.draw(title)
	return img, errors.Wrap(err, "confusion matrix")
}

// A matrix is a confusion matrix being drawn.
type matrix struct {
	*canvas
	counts []int
	names  []string
	n      int
	totals []int // of the rows

	cell   int             // size of a cell in pixels
	font   float64         // size of a count in pixels
	label  float64         // size of a name in pixels, 0 for none
	origin image.Point     // corner of the first cell
	cells  image.Rectangle // all cells
	under  image.Rectangle // the names of the columns

	upright bool // names of columns are too wide to lie
}

const (
	titleFont = 26
	maxTitle  = 1600 // pixels; a longer title is cut
	labelFont = 20
	rateFont  = 15
	mostName  = 320 // pixels; a longer name is cut
	border    = 24
	edge      = 66 // room of the recalls and the precisions

	precisionNote = "precision →"
)

func (m *matrix) draw(title string) (image.Image, error) {
	if err := m.layout(title); err != nil {
		return nil, err
	}
	titleBox := image.Rect(border, border, m.Bounds().Max.X-border, border+titleFont+8)
	if err := m.text(titleBox, center, titleFont, ink(), title); err != nil {
		return nil, err
	}
	for row := range m.n {
		for col := range m.n {
			if err := m.drawCell(row, col); err != nil {
				return nil, err
			}
		}
	}
	lines := m.n
	if m.cell < 20 {
		lines = 1 // only the frame
	}
	for line := 0; line <= lines; line++ {
		k := line * m.n / lines
		at := m.origin.Add(image.Pt(k*m.cell, k*m.cell))
		m.fill(image.Rect(at.X, m.cells.Min.Y, at.X+1, m.cells.Max.Y+1), hair())
		m.fill(image.Rect(m.cells.Min.X, at.Y, m.cells.Max.X+1, at.Y+1), hair())
	}
	return m.RGBA, m.drawLabels()
}

// layout chooses the size of a cell by the largest count and the classes, and
// the size of the picture by the names.
func (m *matrix) layout(title string) error {
	fonts := faces{}
	m.font, m.cell = 20, 64
	if m.n > 12 {
		m.font, m.cell = 17, 46
	}
	if m.n > numbered {
		m.cell = max(4, 1300/m.n)
	} else {
		for _, n := range m.counts {
			w, err := fonts.width(fmt.Sprint(n), m.font)
			if err != nil {
				return err
			}
			m.cell = max(m.cell, w+10)
		}
	}
	if m.cell >= 12 {
		m.label = float64(min(labelFont, m.cell-2))
	}
	names := 0
	if m.label > 0 {
		var err error
		if m.names, err = fonts.apart(m.names, m.label, mostName); err != nil {
			return err
		}
		widest, err := fonts.widest(m.names, m.label)
		if err != nil {
			return err
		}
		m.upright = widest > m.cell-4
		names = widest + 12
	}
	titleWidth, err := fonts.width(title, titleFont)
	if err != nil {
		return err
	}
	m.origin = image.Pt(border+labelFont+10+names, border)
	if title != "" {
		m.origin.Y += titleFont + 20
	}
	beside, below := 0, 0
	if m.n <= numbered {
		beside, below = edge, edge/2
		note, err := fonts.width(precisionNote, rateFont)
		if err != nil {
			return err
		}
		m.origin.X = max(m.origin.X, border+note+8)
	}
	if m.label > 0 && !m.upright {
		names = int(m.label) + 12
	}
	size := m.n * m.cell
	m.cells = image.Rectangle{m.origin, m.origin.Add(image.Pt(size, size))}
	m.under = image.Rect(m.cells.Min.X, m.cells.Max.Y+below, m.cells.Max.X, m.cells.Max.Y+below+names)
	width := max(m.cells.Max.X+beside+border, min(titleWidth, maxTitle)+2*border)
	m.canvas, err = newCanvas(width, m.under.Max.Y+labelFont+10+border)
	if err != nil {
		return err
	}
	m.fonts = fonts
	return nil
}

func (m *matrix) count(row, col int) int { return m.counts[row*m.n+col] }

func (m *matrix) drawCell(row, col int) error {
	at := m.origin.Add(image.Pt(col*m.cell, row*m.cell))
	box := image.Rectangle{at, at.Add(image.Pt(m.cell, m.cell))}
	n := m.count(row, col)
	share := 0.0
	if n > 0 {
		share = float64(n) / float64(m.totals[row])
	}
	dark := share > 0.55
	if row == col {
		m.fill(box, shade(share, seriesColor(0)))
	} else {
		// Mistakes are rare: the root makes a share of 1 % visible.
		m.fill(box, shade(math.Sqrt(share), seriesColor(1)))
		dark = math.Sqrt(share) > 0.7
	}
	if m.n > numbered || n == 0 {
		return nil
	}
	digits := ink()
	if dark {
		digits = shade(0, ink())
	}
	return m.text(box, center, m.font, digits, fmt.Sprint(n))
}

// drawLabels writes axes, names, recalls and precisions.
func (m *matrix) drawLabels() error {
	if err := m.drawAxes(); err != nil {
		return err
	}
	for k, name := range m.names {
		if m.label == 0 {
			return nil
		}
		row := image.Rect(border+labelFont+10, m.origin.Y+k*m.cell, m.origin.X-8, m.origin.Y+(k+1)*m.cell)
		if err := m.text(row, right, m.label, ink(), name); err != nil {
			return err
		}
		column := image.Rect(m.origin.X+k*m.cell, m.under.Min.Y, m.origin.X+(k+1)*m.cell, m.under.Max.Y)
		write, side := m.text, center
		if m.upright {
			write, side = m.upText, right
			column.Min.Y += 6
		}
		if err := write(column, side, m.label, ink(), name); err != nil {
			return err
		}
		if m.n <= numbered {
			if err := m.drawRates(k); err != nil {
				return err
			}
		}
	}
	return nil
}

// drawRates writes the recall of class k beside its row and the precision
// below its column.
func (m *matrix) drawRates(k int) error {
	predicted := 0
	for j := range m.n {
		predicted += m.count(j, k)
	}
	beside := image.Rect(m.cells.Max.X+6, m.origin.Y+k*m.cell, m.cells.Max.X+edge, m.origin.Y+(k+1)*m.cell)
	if err := m.text(beside, left, rateFont, faint(), percent(m.count(k, k), m.totals[k])); err != nil {
		return err
	}
	below := image.Rect(m.origin.X+k*m.cell, m.cells.Max.Y, m.origin.X+(k+1)*m.cell, m.cells.Max.Y+edge/2)
	return m.text(below, center, rateFont, faint(), percent(m.count(k, k), predicted))
}

func (m *matrix) drawAxes() error {
	side := image.Rect(border, m.cells.Min.Y, border+labelFont+4, m.cells.Max.Y)
	if err := m.upText(side, center, labelFont, faint(), "truth"); err != nil {
		return err
	}
	if m.n <= numbered {
		beside := image.Rect(m.cells.Max.X+6, m.cells.Max.Y, m.cells.Max.X+edge+border, m.cells.Max.Y+edge/2)
		if err := m.text(beside, left, rateFont, faint(), "↑ recall"); err != nil {
			return err
		}
		before := image.Rect(border, m.cells.Max.Y, m.cells.Min.X-8, m.cells.Max.Y+edge/2)
		if err := m.text(before, right, rateFont, faint(), precisionNote); err != nil {
			return err
		}
	}
	bottom := m.Bounds().Max.Y - border
	return m.text(image.Rect(m.cells.Min.X-edge, bottom-labelFont-4, m.cells.Max.X+edge, bottom), center, labelFont, faint(), "prediction")
}

// percent writes a/b, "–" for 0/0.
func percent(a, b int) string {
	if b == 0 {
		return "–"
	}
	p := 100 * float64(a) / float64(b)
	if a == b {
		return "100%"
	}
	return fmt.Sprintf("%.1f%%", math.Min(p, 99.9))
}
