package main

import (
	"fmt"
	"time"
)

// result is what one crawl came to.
type result struct {
	Crawler string
	Pages   int // of the site: all can be reached
	Missing int // addresses to which links lead, and where there is nothing
	Workers int
	Limit   int // of requests in flight

	// Counted by the site.
	Requests     int
	Fetched      int // pages that were asked for
	Missed       int // pages that were not
	NotFound     int // addresses that were asked for, and at which there is nothing
	Again        int // requests for what had been asked for before
	MostInFlight int

	// Known to the crawler when it said that it was over, or was found standing still.
	Got        int64 // pages that it has read
	Failed     int64 // requests without an answer, or with one that is none
	Working    int64 // workers that had a page in hand
	Unfinished int64 // pages that were found and not finished (spider, channel)
	Sending    int64 // workers that stood in send (channel)
	InChannel  int   // pages in the channel, and how many it could hold (channel)
	Capacity   int
	Took       time.Duration

	// Left behind, after all of it.
	Connections int
	Goroutines  int

	Claims []claim
}

// claim is one thing that the example shows. If it did not hold, the program fails.
type claim struct {
	Text string
	OK   bool
}

// commonClaims hold for every crawler.
func commonClaims(r *result) []claim {
	return []claim{
		{fmt.Sprintf("nothing was asked for twice: %d of %d requests; %d failed", r.Again, r.Requests, r.Failed),
			r.Again == 0 && r.Failed == 0},
		{fmt.Sprintf("nothing is left behind: %d connections, %d goroutines", r.Connections, r.Goroutines),
			r.Connections == 0 && r.Goroutines <= 0},
	}
}

func polite(r *result) claim {
	return claim{fmt.Sprintf("never more than %d requests were in flight: %d at most, counted by the site", r.Limit, r.MostInFlight),
		r.MostInFlight <= r.Limit}
}

func complete(r *result) claim {
	return claim{fmt.Sprintf("every page was fetched: %d of %d, and %d of %d addresses were found to be missing", r.Fetched, r.Pages, r.NotFound, r.Missing),
		r.Missed == 0 && r.Fetched == r.Pages && r.Got == int64(r.Pages) && r.NotFound == r.Missing}
}

// over is the claim that who says that it is over is right.
func over(r *result) claim {
	return claim{fmt.Sprintf("when it said that it was over %d pages were unfinished, and %d workers had one in hand", r.Unfinished, r.Working),
		r.Unfinished == 0 && r.Working == 0}
}

func spiderClaims(r *result) []claim {
	return []claim{
		complete(r), over(r), polite(r),
		{fmt.Sprintf("yet several were: %d", r.MostInFlight), r.MostInFlight >= min(2, r.Limit)},
	}
}

// emptyClaims, channelClaims, goroutinesClaims have the harm: without it there would be nothing to repair.
func emptyClaims(r *result) []claim {
	return []claim{
		{fmt.Sprintf("the harm: the queue was empty, with pages in the hands of %d workers, and %d of %d were missed", r.Working, r.Missed, r.Pages),
			r.Missed > 0},
		polite(r),
	}
}

func channelClaims(r *result) []claim {
	return []claim{
		{fmt.Sprintf("the harm: %d of %d workers stood in send, with %d in a channel for %d; %d of %d pages were missed",
			r.Sending, r.Workers, r.InChannel, r.Capacity, r.Missed, r.Pages),
			r.Sending == int64(r.Workers) && r.InChannel == r.Capacity && r.Missed > 0},
		polite(r),
	}
}

func goroutinesClaims(r *result) []claim {
	return []claim{
		complete(r), over(r),
		{fmt.Sprintf("the harm: %d requests were in flight, not %d", r.MostInFlight, r.Limit), r.MostInFlight > r.Limit},
	}
}
