--- The errors that users see: a code of docs/errors.md, the cause and the cure.
local M = {}

--- Ends the script with an error text that starts with its code.
function M.raise(code, message)
    error(code .. ": " .. message, 0)
end

--- The text of what pcall caught, less the position that Lua puts in front.
function M.text(caught)
    if type(caught) == "table" then
        return tostring(caught.error_message or caught.message or "unknown error")
    end
    return tostring(caught)
end

--- Runs an action, then on failure the clean-up, then raises the first error again.
function M.with_cleanup(action, cleanup)
    local ok, result = pcall(action)
    if ok then
        return result
    end
    local reason = M.text(result)
    pcall(cleanup, reason)
    error(reason, 0)
end

return M
