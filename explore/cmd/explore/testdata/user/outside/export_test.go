package outside

func (c *Counter) Count() int { return c.n }
