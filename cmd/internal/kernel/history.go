package kernel

import (
	"encoding/json"
	"slices"
)

// past is a cell that ran.
type past struct {
	line int
	code string
}

// historyOf answers which cells ran: the last ones, those of a range of lines, or
// those that fit a pattern. This process is the only session, number 0.
func (k *Kernel) historyOf(m *message) dict {
	var c struct {
		Access  string `json:"hist_access_type"`
		Output  bool   `json:"output"`
		N       *int   `json:"n"`
		Start   int    `json:"start"`
		Stop    *int   `json:"stop"`
		Pattern string `json:"pattern"`
		Unique  bool   `json:"unique"`
	}
	if err := json.Unmarshal(m.content, &c); err != nil {
		return dict{"status": "error", "ename": "BadRequest", "evalue": err.Error(), "traceback": []string{}}
	}
	var found []past
	for _, p := range k.history {
		switch c.Access {
		case "range":
			if p.line < c.Start || c.Stop != nil && p.line >= *c.Stop {
				continue
			}
		case "search":
			if c.Pattern != "" && !fits(c.Pattern, p.code) {
				continue
			}
			if c.Unique {
				// The last of those alike stays.
				found = slices.DeleteFunc(found, func(q past) bool { return q.code == p.code })
			}
		}
		found = append(found, p)
	}
	if c.Access != "range" && c.N != nil && *c.N >= 0 && *c.N < len(found) {
		found = found[len(found)-*c.N:]
	}
	list := [][]any{}
	for _, p := range found {
		if c.Output {
			list = append(list, []any{0, p.line, []any{p.code, nil}}) // outputs are not kept
		} else {
			list = append(list, []any{0, p.line, p.code})
		}
	}
	return dict{"status": "ok", "history": list}
}

// fits reports whether a whole text fits a pattern, in which * stands for any
// letters and ? for one.
func fits(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	star, retry := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, retry = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			retry++
			i, j = star+1, retry
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
