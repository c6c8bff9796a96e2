--- Options of a script: reading each by a table that says what it can be.
--
-- The table maps the name of an option to `is` (text, whole number, fraction, boolean, list or
-- object) and its bounds: values, least, most, longest.
local cjson = require("cjson")
local errors = require("errors")
local arguments = require("arguments")

local M = {}

function M.contains(list, value)
    for _, item in ipairs(list) do
        if item == value then
            return true
        end
    end
    return false
end

function M.sorted_keys(values)
    local names = {}
    for name in pairs(values) do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

--- Raises E-SME-54 with what the value must be.
function M.refuse(name, value, must)
    local shown = type(value) == "table" and cjson.encode(value) or tostring(value)
    errors.raise("E-SME-54", name .. " is " .. shown .. ", but " .. must .. ".")
end

function M.must_be_one_of(name, value, legal)
    if not M.contains(legal, value) then
        M.refuse(name, value, "must be one of " .. table.concat(legal, ", "))
    end
end

--- How many characters a text has, which in UTF-8 are fewer than its bytes.
function M.length(text)
    local _, characters = string.gsub(text, "[^\128-\191]", "")
    return characters
end

local function is_list(value)
    return type(value) == "table" and (next(value) == nil or #value > 0)
end

-- One value of its type and within its bounds. Gives it as it is used from now on.
local READERS = {
    text = function(name, value, option)
        if type(value) == "table" or type(value) == "boolean" then
            M.refuse(name, value, "must be text")
        end
        local text = tostring(value)
        if option.values ~= nil then
            M.must_be_one_of(name, text, option.values)
        end
        if option.longest ~= nil and M.length(text) > option.longest then
            M.refuse(name, text, "must have at most " .. option.longest .. " characters")
        end
        return text
    end,
    fraction = function(name, value)
        local number = tonumber(value)
        if number == nil or number <= 0 or number >= 1 then
            M.refuse(name, value, "must be a number between 0 and 1")
        end
        return number
    end,
    boolean = function(name, value)
        if type(value) ~= "boolean" then
            M.refuse(name, value, "must be true or false")
        end
        return value
    end,
    list = function(name, value, option)
        if type(value) == "string" then
            value = {value}
        end
        if not is_list(value) then
            M.refuse(name, value, "must be a list, such as [a, b]")
        end
        if option.most ~= nil and #value > option.most then
            M.refuse(name, value, "can have at most " .. option.most .. " entries")
        end
        for i, item in ipairs(value) do
            value[i] = tostring(item)
        end
        return value
    end,
    object = function(name, value, option)
        if type(value) ~= "table" or #value > 0 then
            M.refuse(name, value, "must be an object of names and values")
        end
        if option.most ~= nil and #M.sorted_keys(value) > option.most then
            M.refuse(name, value, "can have at most " .. option.most .. " entries")
        end
        return value
    end,
}
READERS["whole number"] = function(name, value, option)
    local number = arguments.whole_number(name, value, option.least)
    if option.values ~= nil then
        M.must_be_one_of(name, number, option.values)
    end
    if option.most ~= nil and number > option.most then
        M.refuse(name, value, "can be " .. option.most .. " at the most")
    end
    return number
end

--- Reads every option that is given, in place. An empty text counts as not given.
--
-- Raises E-SME-29, -54 or, for a name that the table does not have, -60.
function M.read(given, options)
    for _, name in ipairs(M.sorted_keys(given)) do
        if options[name] == nil then
            errors.raise("E-SME-60", "There is no option " .. name .. ". Options are: "
                .. table.concat(M.sorted_keys(options), ", ") .. ".")
        end
    end
    for _, name in ipairs(M.sorted_keys(given)) do
        if given[name] == "" then
            given[name] = nil
        else
            given[name] = READERS[options[name].is](name, given[name], options[name])
        end
    end
    return given
end

function M.together(given, one, other)
    if (given[one] == nil) ~= (given[other] == nil) then
        errors.raise("E-SME-54", one .. " and " .. other .. " are given together or not at all.")
    end
end

function M.never_both(given, one, other)
    if given[one] ~= nil and given[other] ~= nil then
        errors.raise("E-SME-54", one .. " and " .. other .. " exclude each other: give one of them.")
    end
end

function M.check_tags(tags)
    for key, value in pairs(tags or {}) do
        if type(value) == "table" or M.length(key) > 128 or M.length(tostring(value)) > 256
                or string.match(string.lower(key), "^aws:") or string.match(key, "^sme:") then
            M.refuse("tags", {[key] = value}, "a tag has a key of up to 128 characters that does not "
                .. "start with aws: or sme:, and a value of up to 256")
        end
    end
end

return M
