package dates

import (
	"fmt"
	"strings"
	"time"
)

// english returns the English forms of a date.
func english(d time.Time) []string {
	day, year := d.Day(), d.Year()
	month, short := d.Month().String(), d.Format("Jan")
	weekday := d.Weekday().String()
	ordinal := fmt.Sprint(day, ending(day))
	dayWord, years := ordinalWord(day), yearWords(year)
	forms := []string{
		fmt.Sprintf("%s %d, %d", month, day, year),
		fmt.Sprintf("%d %s %d", day, month, year),
		fmt.Sprintf("%s %s, %d", month, ordinal, year),
		fmt.Sprintf("%s %s %d", ordinal, month, year),
		fmt.Sprintf("the %s of %s, %d", ordinal, month, year),
		fmt.Sprintf("%s, %s %d, %d", weekday, month, day, year),
		fmt.Sprintf("%s, %d %s %d", weekday, day, month, year),
		fmt.Sprintf("%s the %s of %s, %d", weekday, ordinal, month, year),
		fmt.Sprintf("%d %s, %d", year, month, day),
		fmt.Sprintf("%d-%s-%d", day, short, year),
		fmt.Sprintf("%s %02d %d", short, day, year),
		fmt.Sprintf("%s %d, %d", short, day, year),
		fmt.Sprintf("%s %02d %s %d", weekday[:3], day, short, year),
		fmt.Sprintf("%s %d, %d", strings.ToUpper(month), day, year),
		fmt.Sprintf("%d %s %d", day, strings.ToLower(month), year),
		fmt.Sprintf("%d.%02d.%02d", year, d.Month(), day),
		fmt.Sprintf("%d/%02d/%02d", year, d.Month(), day),
		fmt.Sprintf("the %s of %s %d", dayWord, month, year),
		fmt.Sprintf("%s the %s, %d", month, dayWord, year),
	}
	for _, y := range years {
		forms = append(forms,
			fmt.Sprintf("the %s of %s, %s", dayWord, month, y),
			fmt.Sprintf("%s %s, %s", month, dayWord, y),
			fmt.Sprintf("%d %s, %s", day, month, y),
		)
	}
	return forms
}

// ending returns that of an ordinal number in figures.
func ending(n int) string {
	if n%100/10 == 1 {
		return "th"
	}
	switch n % 10 {
	case 1:
		return "st"
	case 2:
		return "nd"
	case 3:
		return "rd"
	}
	return "th"
}

// small returns the words of 0 to 19.
func small() []string {
	return strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
}

// tens returns the words of 20, 30, … at 2, 3, …
func tens() []string {
	return []string{"", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
}

// numberWord returns the word of 1 to 99.
func numberWord(n int) string {
	switch {
	case n < 20:
		return small()[n]
	case n%10 == 0:
		return tens()[n/10]
	}
	return tens()[n/10] + "-" + small()[n%10]
}

// ordinalWord returns the word of a day: first to thirty-first.
func ordinalWord(n int) string {
	odd := map[int]string{1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth", 20: "twentieth", 30: "thirtieth"}
	if w, ok := odd[n]; ok {
		return w
	}
	if n > 20 {
		return tens()[n/10] + "-" + ordinalWord(n%10)
	}
	return small()[n] + "th"
}

// yearWords returns the ways to say a year from 1900 to 2099.
func yearWords(year int) []string {
	century, rest := numberWord(year/100), year%100
	switch {
	case year == 2000:
		return []string{"two thousand"}
	case rest == 0:
		return []string{century + " hundred"}
	case year > 2000 && rest < 10:
		return []string{"two thousand " + numberWord(rest), "two thousand and " + numberWord(rest)}
	case year > 2000:
		return []string{"two thousand " + numberWord(rest), century + " " + numberWord(rest)}
	case rest < 10:
		return []string{century + " oh " + numberWord(rest), century + " hundred and " + numberWord(rest)}
	}
	return []string{century + " " + numberWord(rest)}
}
