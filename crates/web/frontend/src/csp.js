// Pages forbid that scripts give text to the browser as HTML. htmx does so with this server's answers, whose templates
// escape what they show; they pass here. Nothing passes as a script or as the address of one.
window.trustedTypes?.createPolicy("default", { createHTML: (text) => text });
