--- SME_WAIT_SAGEMAKER_AUTOPILOT_ENDPOINT: waits until an endpoint is in service.
local cjson = require("cjson")
local errors = require("errors")
local arguments = require("arguments")
local option_values = require("option_values")
local endpoint_status = require("endpoint_status")
local watching = require("watching")

local M = {}

M.OPTIONS = {
    endpoint_name = {is = "text"},
    aws_credentials_connection_name = {is = "text"},
    aws_region = {is = "text"},
    timeout = {is = "whole number", least = 0},
}

local AN_HOUR = 3600
local WORKING = {Creating = true, Updating = true, SystemUpdating = true, RollingBack = true,
    Deleting = true}

local function look(given, known_status, seconds)
    local rows = endpoint_status.poll(cjson.encode({
        endpoint_name = given.endpoint_name,
        aws_credentials_connection_name = given.aws_credentials_connection_name,
        aws_region = given.aws_region,
        known_status = known_status,
        seconds = seconds,
    }))
    local status = rows[1][2]
    return {row = rows[1], state = status, is_running = WORKING[status] == true}
end

--- Waits, a row for each change of the status. Raises E-SME-24 after `timeout` seconds, E-SME-9 or
-- E-SME-26 where the endpoint does not get into service, and E-SME-84 where AWS rolled an update
-- back.
function M.main(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.OPTIONS)
    local timeout, name = given.timeout or AN_HOUR, tostring(given.endpoint_name)
    local rows, last = watching.until_done(function(seen, seconds)
        return look(given, seen ~= nil and seen.state or nil, seconds)
    end, timeout)
    local status, reason = last.state, last.row[3]
    if rows == nil then
        errors.raise("E-SME-24", "Endpoint " .. name .. " is still " .. status .. " after " .. timeout
            .. " s, the time limit of this wait. AWS goes on: wait again, or give a longer timeout.")
    elseif status == "Deleted" then
        errors.raise("E-SME-9", "Endpoint " .. name .. " does not exist in this AWS account and "
            .. "region: it was deleted, or never deployed. Deploy it with sme.deploy_endpoint.")
    elseif status ~= "InService" then
        errors.raise("E-SME-26", "Endpoint " .. name .. " is " .. status .. ": "
            .. (reason ~= null and reason or "AWS gives no reason.") .. " Delete it, mend the cause "
            .. "and deploy again.")
    elseif reason ~= null then
        errors.raise("E-SME-84", "Endpoint " .. name .. " serves what it served before. " .. reason
            .. ". Mend the cause and deploy again.")
    end
    return rows, endpoint_status.COLUMNS
end

return M
