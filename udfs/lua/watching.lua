--- Waiting until AWS is done with something, with a row for each change.
local database = require("database")

local M = {}

-- One call waits no longer, so that a session can be stopped.
local SECONDS_A_CALL = 10

local function now()
    return database.value(database.run("SELECT POSIX_TIME(SYSTIMESTAMP)")[1][1])
end

--- Looks again and again until nothing runs any more.
--
-- look: takes the last look and how many whole seconds to wait for a change at the most. A look has
-- row, state and is_running. Gives the rows of all changes and the last look, or where the time
-- is over nil and that.
function M.until_done(look, timeout)
    local deadline = now() + timeout
    local rows, last = {}, nil
    while true do
        local left = math.ceil(math.max(0, math.min(deadline - now(), SECONDS_A_CALL)))
        local current = look(last, left)
        if last == nil or current.state ~= last.state then
            rows[#rows + 1] = current.row
        end
        last = current
        if not current.is_running then
            return rows, last
        elseif now() >= deadline then
            return nil, last
        end
    end
end

return M
