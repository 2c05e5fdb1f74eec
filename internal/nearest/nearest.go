package nearest

import (
	"strings"
	"unicode/utf8"
)

// Name returns the name that given most probably stands for, or "" where none
// is like it. A beginning of a name stands for the shortest name that begins
// so; otherwise the fewest edits decide, at most one for three letters. Case
// does not count. Of equals the first in the alphabet is returned, whatever the
// order of names.
func Name(given string, names []string) string {
	given = strings.ToLower(given)
	best, least := "", 0
	for _, n := range names {
		d, ok := unlikeness(given, strings.ToLower(n))
		if ok && (best == "" || d < least || d == least && n < best) {
			best, least = n, d
		}
	}
	return best
}

// unlikeness orders names by how little they are like given; beginnings come
// before edits. ok is false for a name that is not like it at all.
func unlikeness(given, name string) (d int, ok bool) {
	if given == "" {
		return 0, false
	}
	longer := max(utf8.RuneCountInString(given), utf8.RuneCountInString(name))
	if strings.HasPrefix(name, given) {
		return len(name) - len(given), true
	}
	const edited = 1 << 20 // longer than any name
	d = Distance(given, name)
	return edited + d, d <= (longer+2)/3 && d < longer
}

// Distance returns the number of edits that turn a into b: a letter inserted,
// deleted or replaced, or two neighbours swapped, none of them edited again
// (optimal string alignment). With i letters of a and j of b,
//
//	d(i, j) = min(d(i−1, j) + 1, d(i, j−1) + 1, d(i−1, j−1) + [a_i ≠ b_j],
//	              d(i−2, j−2) + 1 where a_i a_{i−1} = b_{j−1} b_j)
func Distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(s); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(t); j++ {
			replace := last[j-1]
			if s[i-1] != t[j-1] {
				replace++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replace)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(t)]
}
