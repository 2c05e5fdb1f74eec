package shapes

import (
	"cmp"
	"slices"
	"strings"
)

// Caption says what a picture shows: "a ring at the top left", the middle of the
// object in one of three rows of three; of several objects those from the left to the right;
// "nothing" of an empty picture.
func (s *Set) Caption(i int) (string, error) {
	truth, err := s.Truth(i)
	if err != nil {
		return "", err
	}
	if len(truth) == 0 {
		return "nothing", nil
	}
	slices.SortStableFunc(truth, func(a, b Object) int { return cmp.Compare(a.Box.X1+a.Box.X2, b.Box.X1+b.Box.X2) })
	var parts []string
	for _, o := range truth {
		name := s.kinds[o.Class].name
		article := "a "
		if name[0] == 'a' {
			article = "an "
		}
		parts = append(parts, article+name+" "+where((o.Box.X1+o.Box.X2)/2, (o.Box.Y1+o.Box.Y2)/2))
	}
	return strings.Join(parts, ", "), nil
}

// where names the ninth of the picture that holds a point.
func where(x, y float64) string {
	third := func(v float64) int { return min(max(int(3*v), 0), 2) }
	row, column := third(y), third(x)
	if row == 1 && column == 1 {
		return "in the middle"
	}
	rows, columns := []string{"top", "", "bottom"}, []string{"left", "", "right"}
	return "at the " + strings.TrimSpace(rows[row]+" "+columns[column])
}
