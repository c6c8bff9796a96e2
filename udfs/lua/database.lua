--- The one place where scripts send statements to the database.
local errors = require("errors")

local M = {}

local ATTEMPTS = 200

--- The rows of a query, or the row count of a statement. Raises what the database says.
function M.run(statement)
    local ok, result = pquery(statement)
    if not ok then
        errors.raise("E-SME-40", "The database refused a statement of sme: "
            .. errors.text(result))
    end
    return result
end

--- As run, but gives success and result (or error text) and raises nothing.
function M.try(statement)
    local ok, result = pquery(statement)
    if ok then
        return true, result
    end
    return false, errors.text(result)
end

--- Makes what was written so far visible to others and safe from a later failure.
--
-- A script is one transaction that a failure rolls back as a whole. What must be on record
-- before something is started in AWS is therefore committed here.
function M.commit()
    M.run("COMMIT")
end

local function is_collision(reason)
    local text = string.lower(reason)
    return string.find(text, "collision", 1, true) ~= nil
        or string.find(text, "constraint violation", 1, true) ~= nil
end

--- Carries out a function as a transaction of its own, again where others wrote at the same
-- moment: of two transactions that touch the same rows the database lets one go on.
--
-- write: gives true and a result, or false and the error text of the statement that failed.
function M.transaction(write)
    M.commit()
    local ok, result
    for _ = 1, ATTEMPTS do
        ok, result = write()
        if ok then
            local committed, reason = M.try("COMMIT")
            if committed then
                return result
            end
            ok, result = false, reason
        end
        M.try("ROLLBACK")
        if not is_collision(result) then
            break
        end
    end
    errors.raise("E-SME-40", "The database refused a statement of sme: " .. result)
end

--- A cell as a Lua value: nil for NULL, numbers instead of the decimals that Exasol gives,
-- whole ones as integers.
function M.value(cell)
    if cell == nil or cell == null then
        return nil
    end
    if type(cell) == "number" or type(cell) == "userdata" then
        local number = tonumber(tostring(cell))
        return math.tointeger(number) or number or cell
    end
    return cell
end

return M
