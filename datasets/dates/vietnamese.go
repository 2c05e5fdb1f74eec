package dates

import (
	"fmt"
	"strings"
	"time"
)

// vietnamese returns the Vietnamese forms of a date.
func vietnamese(d time.Time) []string {
	day, month, year := d.Day(), int(d.Month()), d.Year()
	weekday := []string{"chủ nhật", "thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy"}[d.Weekday()]
	capital := strings.ToUpper(weekday[:1]) + weekday[1:]
	dayWord, monthWord, yearWord := vietnameseNumber(day), vietnameseMonth(month), vietnameseYear(year)
	forms := []string{
		fmt.Sprintf("ngày %d tháng %d năm %d", day, month, year),
		fmt.Sprintf("Ngày %02d tháng %02d năm %d", day, month, year),
		fmt.Sprintf("%d tháng %d, %d", day, month, year),
		fmt.Sprintf("%d tháng %d năm %d", day, month, year),
		fmt.Sprintf("%s, ngày %d tháng %d năm %d", weekday, day, month, year),
		fmt.Sprintf("%s ngày %d tháng %d, %d", capital, day, month, year),
		fmt.Sprintf("%s, %d tháng %d, %d", capital, day, month, year),
		fmt.Sprintf("ngày %d tháng %s năm %d", day, monthWord, year),
		fmt.Sprintf("ngày %s tháng %s năm %d", dayWord, monthWord, year),
		fmt.Sprintf("%s, ngày %s tháng %s năm %d", weekday, dayWord, monthWord, year),
		fmt.Sprintf("ngày %s tháng %s năm %s", dayWord, monthWord, yearWord),
		fmt.Sprintf("Ngày %s, tháng %s, năm %s", dayWord, monthWord, yearWord),
		fmt.Sprintf("năm %d, tháng %d, ngày %d", year, month, day),
		fmt.Sprintf("tháng %s năm %d, ngày %d", monthWord, year, day),
	}
	if day <= 10 {
		forms = append(forms,
			fmt.Sprintf("mùng %d tháng %d năm %d", day, month, year),
			fmt.Sprintf("ngày mùng %s tháng %s năm %d", dayWord, monthWord, year),
			fmt.Sprintf("mồng %s tháng %s, %d", dayWord, monthWord, year),
		)
	}
	return forms
}

// vietnameseUnits returns the words of 0 to 10.
func vietnameseUnits() []string {
	return []string{"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"}
}

// vietnameseNumber returns the words of 1 to 99.
func vietnameseNumber(n int) string {
	if n <= 10 {
		return vietnameseUnits()[n]
	}
	unit := vietnameseUnits()[n%10]
	if n%10 == 5 {
		unit = "lăm"
	}
	if n < 20 {
		return "mười " + unit
	}
	ten := vietnameseUnits()[n/10] + " mươi"
	switch n % 10 {
	case 0:
		return ten
	case 1:
		unit = "mốt"
	}
	return ten + " " + unit
}

// vietnameseMonth returns the word of a month, the fourth being irregular.
func vietnameseMonth(n int) string {
	if n == 4 {
		return "tư"
	}
	return vietnameseNumber(n)
}

// vietnameseYear returns the words of a year from 1900 to 2099.
func vietnameseYear(year int) string {
	thousands := "một nghìn chín trăm"
	if year >= 2000 {
		thousands = "hai nghìn không trăm"
	}
	switch rest := year % 100; {
	case year == 2000:
		return "hai nghìn"
	case rest == 0:
		return thousands
	case rest < 10:
		return thousands + " linh " + vietnameseNumber(rest)
	default:
		return thousands + " " + vietnameseNumber(rest)
	}
}
