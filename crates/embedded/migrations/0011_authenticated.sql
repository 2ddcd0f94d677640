-- When the person of a session last showed the provider who it is, as that says; none if it says nothing, or was not asked.
ALTER TABLE session ADD COLUMN authenticated INTEGER;
