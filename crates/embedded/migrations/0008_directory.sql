-- How many look after the service is asked before one of them goes.
CREATE INDEX user_admin ON user (admin) WHERE admin = 1;
