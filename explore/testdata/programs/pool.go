package programs

// FirstError runs the jobs at once, and returns when one has failed or all have ended.
func FirstError(jobs ...func() error) error {
	return firstError(make(chan error, len(jobs)), jobs)
}

func BrokenFirstError(jobs ...func() error) error {
	return firstError(make(chan error), jobs) // BUG: after an error nobody receives any more
}

func firstError(results chan error, jobs []func() error) error {
	for _, job := range jobs {
		go func() { results <- job() }()
	}
	for range jobs {
		if err := <-results; err != nil {
			return err
		}
	}
	return nil
}
