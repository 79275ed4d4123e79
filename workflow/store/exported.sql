CREATE TABLE about (                -- what this file is: one row
    municipality TEXT NOT NULL,
    day TEXT NOT NULL,              -- the civil day on which everything stands as it is told here
    made_at TEXT NOT NULL
);
CREATE TABLE agreement (            -- one row an agreement
    ref TEXT PRIMARY KEY,
    title TEXT,
    short_title TEXT,
    purpose TEXT,
    public INTEGER,                 -- 0: not to be published
    stage TEXT,
    stage_label TEXT,               -- the stage in words
    outcome TEXT,                   -- how it ended
    office TEXT,
    decided_on TEXT,                -- the college's last decision
    length TEXT,                    -- ISO 8601
    starts_on TEXT,
    last_day TEXT,                  -- the last day in force
    renewal TEXT,                   -- decision, or tacit
    notice_on TEXT,                 -- the last day to give notice
    evaluation_on TEXT,             -- the first that is open
    obligation_on TEXT,             -- the first that is open, and what it is
    obligation TEXT,
    amount NUMERIC,
    currency TEXT,
    every TEXT,
    payment_on TEXT,                -- the first that is open
    payment_amount NUMERIC,
    next_on TEXT,                   -- the day of the next alert, and what it is about
    next_rule TEXT,
    attention TEXT,                 -- why somebody should look
    predecessor TEXT,
    successor TEXT
);
CREATE TABLE party (
    ref TEXT NOT NULL REFERENCES agreement (ref),
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    own INTEGER NOT NULL,           -- 1: the municipality that keeps the register
    decided_on TEXT,
    signed_on TEXT,
    joined_on TEXT,
    left_on TEXT,
    merged_into TEXT,
    PRIMARY KEY (ref, key)
);
CREATE TABLE date (                 -- one row a day that has to be kept
    ref TEXT NOT NULL REFERENCES agreement (ref),
    rule TEXT NOT NULL,             -- its kind
    about TEXT NOT NULL,            -- which of that kind
    what TEXT NOT NULL,             -- both in words
    due_on TEXT,                    -- NULL: not known, told says why
    state TEXT NOT NULL,            -- ahead, asked, late, done, passed, waived, dropped, unknown
                                    -- or not_asked
    told TEXT NOT NULL,             -- the state in words
    office TEXT NOT NULL,           -- who acts
    by_itself TEXT,                 -- what happens on that day if nobody acts
    reason TEXT,                    -- how the day was reckoned
    clause TEXT                     -- what the agreement says of it
);
CREATE INDEX date_due_on ON date (due_on);
CREATE TABLE instalment (           -- one row an instalment
    ref TEXT NOT NULL REFERENCES agreement (ref),
    number INTEGER NOT NULL,
    kind TEXT,
    refund INTEGER NOT NULL,        -- 1: the money comes back
    payer TEXT,                     -- NULL: it comes back, and nobody entered from whom
    payee TEXT,
    amount NUMERIC,                 -- what was paid, or has to be; NULL: nobody has entered it
    currency TEXT NOT NULL,
    amount_certain INTEGER NOT NULL,
    amount_note TEXT,               -- what is told as long as it is not certain
    due_on TEXT,
    fiscal_year INTEGER,
    budget_line TEXT,
    office TEXT NOT NULL,
    state TEXT NOT NULL,            -- as in date
    paid_on TEXT,
    reference TEXT,
    PRIMARY KEY (ref, number)
);
CREATE VIEW obligation AS           -- what a party has to do, besides paying
    SELECT ref, about, what, due_on, state, told, office, clause FROM date
    WHERE rule = 'obligation';
CREATE TABLE decision (             -- of the college: on the proposal, then on the continuation
    ref TEXT NOT NULL REFERENCES agreement (ref),
    about TEXT NOT NULL,            -- proposal, or continuation
    decided_on TEXT NOT NULL,
    outcome TEXT NOT NULL,
    label TEXT,                     -- the municipality's own word for it
    reference TEXT,
    points TEXT,                    -- the outcome of each decision point, as JSON
    until TEXT,                     -- held over until
    last_day TEXT,                  -- the end of the term that a continuation follows
    successor TEXT
);
CREATE TABLE event (                -- one row a line of the history, without values and names
    ref TEXT NOT NULL REFERENCES agreement (ref),
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    action TEXT NOT NULL,
    happened_on TEXT,
    stage_before TEXT,
    stage TEXT,
    outcome TEXT,
    changed TEXT,                   -- the facts that it changed, by name, as JSON
    occurrence TEXT,                -- the alert that fired
    nominal_on TEXT,
    late_by INTEGER NOT NULL,       -- seconds
    PRIMARY KEY (ref, seq)
);
