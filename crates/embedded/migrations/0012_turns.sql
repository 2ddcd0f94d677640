-- Whose turn it is, without the groups that have no messages: each user who ever had one is such a group.
DROP INDEX message_group_turn;
CREATE INDEX message_group_turn ON message_group (queue, served, due) WHERE due IS NOT NULL;
-- The end of the turns, which may be held by a group that has no messages left.
CREATE INDEX message_group_served ON message_group (queue, served);
