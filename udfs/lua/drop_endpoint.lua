--- SME_DROP_SAGEMAKER_AUTOPILOT_ENDPOINT: as delete, with one JSON argument.
local arguments = require("arguments")
local option_values = require("option_values")
local delete = require("delete")

local M = {}

M.OPTIONS = {
    endpoint_name = {is = "text"},
    aws_credentials_connection_name = {is = "text"},
    aws_region = {is = "text"},
}

function M.main(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.OPTIONS)
    arguments.require_all(given,
        {"endpoint_name", "aws_credentials_connection_name", "aws_region"})
    return delete.main(given.endpoint_name, given.aws_credentials_connection_name,
        given.aws_region)
end

return M
