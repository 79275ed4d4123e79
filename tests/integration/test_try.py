from tests.house import *
def test_x(town):
    town.in_force()
    town.until("2020-10-13 09:00")
    for m in town.relay.accepted: print(m.at, m.to, m.subject)
    print(town.stage(), town.problems(), town.counts(), len(town.fired()))
