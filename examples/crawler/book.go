package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// book is what is on the site: pages 0 to pages-1, in chapters. It is the same at each run.
//
//	contents --> section --> page, page
//	         --> section --> page, page
//	         --> ...         page, the last, --> contents of the next chapter
//
// These links make a tree, so every page can be reached. All others lead back or aside (to the front, to the
// contents, to the sections beside it, to one of the chapter before, to itself, twice to the same), so there are
// cycles, and many ways to a page; but only to what the pages above it in the tree have already shown. So on
// which page another is found does not depend on luck. It does for the addresses at which there is nothing: five
// pages that stand together link to each, so several workers find it at the same time.
//
// Two things on it break crawlers. A contents page has many links, more than fit into a channel. And all that
// is left of the site is behind one page, again and again: while that is being fetched nothing is in the queue,
// and yet nothing is over. One of these is the slow page.
type book struct{ pages int }

const (
	chapters    = 4
	perMissing  = 50 // pages for one address at which there is nothing
	linkMissing = 5  // pages that link to it
	missingPath = "/missing/"
	pagePath    = "/page/" // the front page, which is page 0, is at /
)

// chapter is where the chapter of page p begins, and how many pages it has.
func (b book) chapter(p int) (begin, size int) {
	size = b.pages / chapters
	begin = min(p/size, chapters-1) * size
	if begin == (chapters-1)*size {
		size = b.pages - begin
	}
	return begin, size
}

// sections is how many the chapter of page p has: one for two pages, and more pages in the last.
func (b book) sections(p int) int {
	_, size := b.chapter(p)
	return (size - 1) / 3
}

// slow is the page that takes its time: half of the site is behind it.
func (b book) slow() int { return chapters / 2 * (b.pages / chapters) }

// missing is at how many addresses there is nothing.
func (b book) missing() int { return b.pages / perMissing }

func path(p int) string {
	if p == 0 {
		return "/"
	}
	return pagePath + strconv.Itoa(p)
}

// find returns the page at an address.
func (b book) find(address string) (p int, found bool) {
	if address == "/" {
		return 0, true
	}
	number, ok := strings.CutPrefix(address, pagePath)
	p, err := strconv.Atoi(number)
	return p, ok && err == nil && 0 < p && p < b.pages && address == path(p)
}

// links are those on page p, in their order.
func (b book) links(p int) (to []string) {
	begin, size := b.chapter(p)
	sections := b.sections(p)
	link := func(p int) { to = append(to, path(p)) }
	link(0)
	link(p)
	link(begin)
	if begin > 0 {
		before, _ := b.chapter(begin - 1)
		link(before + p*7919%(1+b.sections(before)))
	}
	firstPage := begin + 1 + sections
	switch {
	case p == begin:
		for i := range sections {
			link(begin + 1 + i)
		}
	case p < firstPage:
		link(max(p-1, begin+1))
		link(min(p+1, firstPage-1))
		for child := firstPage; child < begin+size; child++ {
			if b.section(child) == p {
				link(child)
			}
		}
	default:
		link(b.section(p))
		to = append(to, path(b.section(p))+"#top") // the same page by another name
		if p == begin+size-1 && p+1 < b.pages {
			link(p + 1)
		}
	}
	if k := p / perMissing; p%perMissing >= perMissing-linkMissing && k < b.missing() {
		to = append(to, missingPath+strconv.Itoa(k))
	}
	return to
}

// section is the parent of a page that is neither contents nor section.
func (b book) section(p int) int {
	begin, _ := b.chapter(p)
	sections := b.sections(p)
	return begin + 1 + min((p-begin-1-sections)/2, sections-1)
}

// write writes page p as HTML.
func (b book) write(w io.Writer, p int) {
	fmt.Fprintf(w, "<!DOCTYPE html>\n<title>Page %d</title>\n", p)
	for _, to := range b.links(p) {
		fmt.Fprintf(w, "<p><a href=%q>%s</a>\n", to, to)
	}
}
