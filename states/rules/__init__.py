"""What several stages share: actions, rules of deadlines, objections."""
